"""The door: how django-allauth and django-axes are set up here."""
