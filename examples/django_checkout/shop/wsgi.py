"""The entry point for a web server: ``gunicorn shop.wsgi``. It does not start if ``check`` finds errors."""

import os
from io import StringIO

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

application = get_wsgi_application()
call_command("check", stdout=StringIO())  # manage.py does so by itself; a web server does not
