# Fenghuo: one image for every process of docker-compose.yml; the command says which one it is.

FROM python:3.11-slim AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /app
COPY requirements/base.txt requirements/base.txt
RUN uv venv /venv && uv pip install --no-cache --python /venv/bin/python -r requirements/base.txt
COPY . .
RUN uv pip install --no-cache --python /venv/bin/python --no-deps --editable .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --create-home --home-dir /data fenghuo
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FENGHUO_DATA_DIR=/data
USER fenghuo
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/login', timeout=5)"]
CMD ["fenghuo", "serve", "--host", "0.0.0.0", "--port", "8000"]
