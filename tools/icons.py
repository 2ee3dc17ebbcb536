"""Draws the icons of the installed app from the logo, with Chromium: `python tools/icons.py`. Git keeps them.

A maskable icon is cut to a circle or a rounded square by the device, so its mark stays inside the middle four fifths.
"""

from pathlib import Path

from playwright.sync_api import sync_playwright

STATIC = Path(__file__).resolve().parent.parent / "src/tracte/web/static"
PAPER = "#f7f4ef"
# name, side in pixels, part of the side the mark takes, rounding in percent of the side
ICONS = (
    ("icon-192", 192, 0.66, 22),
    ("icon-512", 512, 0.66, 22),
    ("icon-maskable-512", 512, 0.52, 0),
    ("apple-touch-icon", 180, 0.62, 0),
)


def main() -> None:
    """Write every icon."""
    mark = (STATIC / "logo-mark.svg").read_text("utf-8")
    out = STATIC / "icons"
    out.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, side, part, rounding in ICONS:
            page = browser.new_page(viewport={"width": side, "height": side})
            page.set_content(
                f"<style>*{{margin:0}}body{{display:grid;place-items:center;width:{side}px;height:{side}px;"
                f"background:{PAPER};border-radius:{rounding}%}}html{{background:transparent}}"
                f"svg{{width:{side * part}px;height:{side * part}px}}</style>{mark}"
            )
            page.screenshot(path=out / f"{name}.png", omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()
