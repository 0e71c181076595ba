from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "console"
    verbose_name = "控制台"
    default_auto_field = "django.db.models.BigAutoField"
