from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ConsoleConfig(AppConfig):
    name = "console"
    verbose_name = "控制台"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from console.roles import ensure_roles

        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="console.roles")
