pytest_plugins = ["tests.backend"]
