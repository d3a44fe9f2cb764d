"""The database servers the tests run on, and the pytest plugin that starts them."""
