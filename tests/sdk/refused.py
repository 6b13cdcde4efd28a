"""How the clients of test_life.py tell that the service has refused something."""


class Refused(Exception):
    """The service has answered with an error of this name."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code
