from tests.fixtures.server import *  # noqa: F403
