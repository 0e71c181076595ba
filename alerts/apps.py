from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "alerts"
    verbose_name = "预警与处置"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from alerts import incidents
        from opinion.signals import signals_raised

        signals_raised.connect(incidents.on_signals_raised, dispatch_uid="alerts.incidents")
