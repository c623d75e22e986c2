# pip is told where to keep its copies, and the requirements are lent.
FROM lab/python
ENV PIP_CACHE_DIR=/var/cache/pip
WORKDIR /app
RUN --mount=type=bind,source=requirements.txt,target=/tmp/requirements.txt \
    --mount=type=cache,id=quay-pip,target=/var/cache/pip,sharing=locked \
    pip install -r /tmp/requirements.txt
COPY quay.py .
CMD ["python", "/app/quay.py"]
