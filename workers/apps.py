from django.apps import AppConfig


class WorkersConfig(AppConfig):
    name = "workers"
    verbose_name = "后台任务"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Imported in every process: one that publishes without it would talk to another broker.
        from workers import wakeups

        wakeups.connect()
