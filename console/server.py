"""The web server of one process: uvicorn, told to end the event streams when it stops."""

import asyncio
from socket import socket
from types import FrameType

import uvicorn

from console.live import hub


class Server(uvicorn.Server):
    """uvicorn waits for open streams when it stops, and an event stream never ends by itself."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note the wish to stop, and end the streams; runs in a signal handler."""
        super().handle_exit(sig, frame)
        self.loop.call_soon_threadsafe(hub.close)

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Remember the loop that the streams live in."""
        self.loop = asyncio.get_running_loop()
        await super().startup(sockets)


def make_server(host: str, port: int) -> Server:
    """Return a server of the console that is ready to `run()`."""
    return Server(
        uvicorn.Config(
            "config.asgi:application",
            host=host,
            port=port,
            lifespan="off",
            access_log=False,
            server_header=False,
            log_config=None,
            timeout_graceful_shutdown=5,
        )
    )
