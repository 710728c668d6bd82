"""How well does the door find what a house carries? One bench, eight controllers: `python -m bench.admission`."""
