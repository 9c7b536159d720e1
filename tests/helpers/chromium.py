"""A small client for headless Chromium's DevTools protocol: open a file at a given width and scheme, ask it, take its picture."""

import base64
import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.request import urlopen

import websocket
from needs import CHROMIUM

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
]


class Chromium:
    """One browser with one page. Use as a context manager.

    Attributes
    ----------
    requests : list of str
        Addresses that the page asked for since `open`, its own file left out.
    messages : list of str
        What the page's console and content policy complained about.
    """

    def __init__(self) -> None:
        assert CHROMIUM, "Chromium is not installed"
        self.requests: list[str] = []
        self.messages: list[str] = []
        self._profile = tempfile.mkdtemp(prefix="cxkit-chromium-")
        self._process = subprocess.Popen(
            [CHROMIUM, *FLAGS, f"--user-data-dir={self._profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._socket = websocket.create_connection(self._page_address(), timeout=30, suppress_origin=True)
        self._number = 0
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def _page_address(self) -> str:
        port_file = Path(self._profile) / "DevToolsActivePort"
        for _ in range(300):
            if port_file.exists() and (lines := port_file.read_text().split()):
                with urlopen(f"http://127.0.0.1:{lines[0]}/json/list") as answer:
                    pages = [target for target in json.load(answer) if target["type"] == "page"]
                if pages:
                    return pages[0]["webSocketDebuggerUrl"]
            time.sleep(0.1)
        raise TimeoutError("Chromium did not start within 30 seconds")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command and wait for its answer; events that come in between are noted."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == self._number:
                assert "error" not in message, message
                return message.get("result", {})
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        method, said = message.get("method"), message.get("params", {})
        if method == "Network.requestWillBeSent" and not said["request"]["url"].startswith("data:"):
            self.requests.append(said["request"]["url"])
        elif method in ("Log.entryAdded", "Runtime.exceptionThrown"):
            self.messages.append(json.dumps(said.get("entry", said))[:500])
        self._last_event = method

    def open(self, path: Path, width: int = 1280, dark: bool = False, media: str = "screen") -> None:
        """Load a file as a window of that width would show it, and wait until it has been laid out."""
        self.requests, self.messages, self._last_event = [], [], None
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self.call("Page.navigate", url=path.resolve().as_uri())
        for _ in range(200):
            if self.ask("document.readyState + ' ' + location.protocol") == "complete file:":
                break
            time.sleep(0.05)
        self.requests = [url for url in self.requests if url != path.resolve().as_uri()]

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression; the page's own policy does not bind it."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def picture(self, path: Path) -> None:
        """The whole page as a PNG."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(shot["data"]))

    def pdf(self, path: Path) -> None:
        """The page as it prints."""
        path.write_bytes(
            base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"])
        )

    def __enter__(self) -> "Chromium":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.wait(20)
        shutil.rmtree(self._profile, ignore_errors=True)
