"""What the end-to-end tests are made of.

box       a short folder, and everything that a test starts, until its end
terminal  a real terminal of fixed size (a tmux server of its own)
pixels    a terminal that shows pixels, as kitty does and those with sixel
server    the real offhookd on free ports with a state folder of its own
client    offhook as one user: home, config, core, terminals, `offhook -c`
control   the JSON lines of the core's socket
wsi       a foreign program that speaks the known commands of the server
sound     WAV files: made, measured, compared
"""
from .box import Box, Failure, wait_until
from .terminal import Screen, Terminal
from .server import Server
from .client import Client
from .control import Control, Refused
from .wsi import Wsi, WsiError
from . import sound

__all__ = ["Box", "Client", "Control", "Failure", "Refused", "Screen",
           "Server", "Terminal", "Wsi", "WsiError", "sound", "wait_until"]
