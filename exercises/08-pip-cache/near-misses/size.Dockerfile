# pip's own copies are copied into the image, where nobody uses them.
FROM lab/python
WORKDIR /app
COPY requirements.txt .
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install -r requirements.txt && cp -r /root/.cache/pip /app/pip-cache
COPY quay.py .
CMD ["python", "quay.py"]
