"""Scripts that measure a page in a browser."""

from __future__ import annotations

MEASURE_SHIFTS = """
new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
        window.shifts = (window.shifts || []).concat([
            entry.value + " " + entry.sources.map(({ node }) =>
                (node?.outerHTML ?? node?.parentElement?.outerHTML)?.slice(0, 80)),
        ]);
    }
}).observe({ type: "layout-shift", buffered: true });
"""


SCROLL_THROUGH = """async () => {
    for (let y = 0; y < document.body.scrollHeight; y += 700) {
        scrollTo({ top: y, behavior: "instant" });
        await new Promise(requestAnimationFrame);
    }
    await Promise.all([...document.images].map((image) => image.decode().catch(() => null)));
    await new Promise(requestAnimationFrame);
}"""


TOO_WIDE = """() => document.documentElement.scrollWidth > innerWidth
    ? [...document.querySelectorAll("body *")]
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
        .map((element) => element.outerHTML.slice(0, 100))
    : []"""


ALL_ARRIVED = """() => Promise.all([...document.querySelectorAll("main img")].map((image) => {
    image.loading = "eager";
    return image.decode();
}))"""
