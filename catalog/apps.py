from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = "监测对象与人员"
    default_auto_field = "django.db.models.BigAutoField"
