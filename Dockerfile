FROM python:3.13-slim AS build
WORKDIR /source
COPY . .
RUN python -m venv /opt/streamproof \
    && /opt/streamproof/bin/pip install --no-cache-dir --constraint constraints.txt ".[postgres]"

FROM python:3.13-slim
RUN useradd --uid 10001 --create-home --no-log-init streamproof \
    && install --directory --owner=streamproof --group=streamproof /data
COPY --from=build /opt/streamproof /opt/streamproof
ENV PATH="/opt/streamproof/bin:$PATH"
# A number, so that a cluster can see that it is not root.
USER 10001:10001
WORKDIR /data
# The mock AI service, and the relay with the chat page.
EXPOSE 8787 8788
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8788/healthz', timeout=3)"]
ENTRYPOINT ["streamproof"]
CMD ["serve", "--host", "0.0.0.0"]
