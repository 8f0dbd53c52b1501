from datetime import date

SITENAME = "A harbour"
SITEURL = ""
AUTHOR = "Ada"
PATH = "content"
TIMEZONE = "Europe/London"
DEFAULT_LANG = "en"
THEME = "theme"
STATIC_PATHS = ["images", "extra"]
EXTRA_PATH_METADATA = {"extra/CNAME": {"path": "CNAME"}, "extra/keys.txt": {"path": "keys.txt"}}
ARTICLE_URL = "{date:%Y}/{slug}/"
ARTICLE_SAVE_AS = "{date:%Y}/{slug}/index.html"
PAGE_URL = PAGE_SAVE_AS = "{slug}.html"
MENUITEMS = (("Archive", "/archives.html"), ("Nowhere", "/nowhere.html"))
PLUGINS = ["sitemap"]
COPYRIGHT = f"{date.today()}"
DEFAULT_PAGINATION = 2
MARKDOWN = {
    "extension_configs": {
        "markdown.extensions.codehilite": {"css_class": "highlight"},
        "markdown.extensions.extra": {},
        "markdown.extensions.toc": {"permalink": True},
    },
}
