from django.apps import AppConfig


class OpinionConfig(AppConfig):
    name = "opinion"
    verbose_name = "舆情"
    default_auto_field = "django.db.models.BigAutoField"
