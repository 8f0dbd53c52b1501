from pelicanconf import *

SITEURL = "https://harbour.example"
