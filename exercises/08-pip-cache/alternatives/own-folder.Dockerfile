# PIP_CACHE_DIR moves pip's copies, and the requirements are bind-mounted.
FROM lab/python
ENV PIP_CACHE_DIR=/var/cache/pip
WORKDIR /app
RUN --mount=type=bind,source=requirements.txt,target=/tmp/requirements.txt \
    --mount=type=cache,id=quay-pip,target=/var/cache/pip,sharing=locked \
    pip install -r /tmp/requirements.txt
COPY quay.py .
CMD ["python", "/app/quay.py"]
