"""Run the demo site: `python -m demo --port N --data DIR [--robots name=key,name=key]`."""

import argparse
import os
import sys
from pathlib import Path

import uvicorn

from demo.scene import DemoError
from demo.site import create_app

HOST = "127.0.0.1"
ROBOTS = "值班群=demo"
"""The robot that answers when none is named."""


def main() -> int:
    """Serve until SIGTERM or Ctrl-C; return 0, or 1 when the demo cannot start."""
    options = _options()
    try:
        app = create_app(options.data, options.robots)
    except (DemoError, OSError) as exc:
        sys.stderr.write(f"演示站没有启动：{exc}\n")
        return 1
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=HOST,
            port=options.port,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=2,
        )
    )
    try:
        server.run()
    except KeyboardInterrupt:
        return 0
    return 0 if server.started else 1


def robots_of(text: str) -> dict[str, str]:
    """Return name to key of `name=key,name=key`.

    Raises ArgumentTypeError for an entry that is not name=key; keys are not repeated in it.
    """
    robots = {}
    for number, entry in enumerate(filter(None, (e.strip() for e in text.split(","))), start=1):
        name, sign, key = entry.partition("=")
        if not (sign and name.strip() and key.strip()):
            raise argparse.ArgumentTypeError(f"第 {number} 个机器人不是 name=key 的样子")
        robots[name.strip()] = key.strip()
    return robots


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description="烽火的演示站")
    parser.add_argument("--port", type=int, required=True, help="端口，只听 127.0.0.1")
    parser.add_argument("--data", type=Path, required=True, help="记下开始时间和收件箱的目录")
    parser.add_argument(
        "--robots",
        type=robots_of,
        default=os.environ.get("DEMO_ROBOTS", ROBOTS),
        help=f"机器人，name=key,name=key；不给则读 DEMO_ROBOTS，再不然是 {ROBOTS}",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
