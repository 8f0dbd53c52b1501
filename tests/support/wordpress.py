"""Exports of WordPress."""

from __future__ import annotations

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>T</title><link>https://a.example</link><wp:wxr_version>1.2</wp:wxr_version>
"""


END = "</channel></rss>\n"


def item(content: str = "Text.", **parts: str) -> str:
    given = {
        "title": "X",
        "link": "https://a.example/x/",
        "wp:post_id": "1",
        "wp:post_date": "2020-01-02 03:04:05",
        "wp:post_name": "x",
        "wp:status": "publish",
        "wp:post_type": "post",
    } | {name.replace("__", ":"): text for name, text in parts.items()}
    inside = "".join(f"<{name}><![CDATA[{text}]]></{name}>" for name, text in given.items())
    return f"<item>{inside}<content:encoded><![CDATA[{content}]]></content:encoded></item>\n"
