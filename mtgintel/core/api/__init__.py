"""What every API view shares: parameters, errors, caching, throttling, routes."""
