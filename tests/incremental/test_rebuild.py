"""Going on from the last build: what is made anew, and that it is what a clean build makes."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.app import make as making
from generator.incremental import rebuild as rebuilding
from generator.pipeline.multilingual import build_site
from generator.render import search_shards
