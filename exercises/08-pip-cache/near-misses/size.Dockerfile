# What pip keeps is copied into the image, for nobody to use.
FROM lab/python
WORKDIR /app
COPY requirements.txt .
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install -r requirements.txt && cp -r /root/.cache/pip /app/pip-cache
COPY quay.py .
CMD ["python", "quay.py"]
