from django.apps import AppConfig


class CrawlersConfig(AppConfig):
    name = "crawlers"
    verbose_name = "采集"
    default_auto_field = "django.db.models.BigAutoField"
