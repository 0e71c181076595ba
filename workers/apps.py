from django.apps import AppConfig


class WorkersConfig(AppConfig):
    name = "workers"
    verbose_name = "后台任务"
    default_auto_field = "django.db.models.BigAutoField"
