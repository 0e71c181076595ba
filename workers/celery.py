"""The Celery app: how messages travel. What is done with them is in `workers.tasks`."""

from celery import Celery
from django.conf import settings
from kombu import Queue

from workers import broker, schedule

app = Celery("fenghuo")
app.conf.update(
    broker_url=broker.url(
        settings.ENV.broker_url.get_secret_value() if settings.ENV.broker_url else "",
        settings.DATA_DIR,
    ),
    imports=["workers.tasks"],
    task_queues=[Queue(name) for name in schedule.QUEUES],
    task_routes=schedule.ROUTES,
    task_default_queue="report",
    task_create_missing_queues=False,
    beat_schedule=schedule.beat_schedule(),
    timezone="UTC",
    result_backend=None,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    # One message at a time: what a process holds back, another could have begun.
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    # A broker that is away comes back, however long it takes.
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # Who publishes never waits long: a dead Redis costs 5 ms, a frozen one a few seconds.
    task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0},
    broker_transport_options={"socket_timeout": 2, "socket_connect_timeout": 2},
)
