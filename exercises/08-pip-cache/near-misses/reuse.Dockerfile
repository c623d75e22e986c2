# An old piece of advice: the image stays small, and the mount stays empty.
FROM lab/python
WORKDIR /app
COPY requirements.txt .
RUN --mount=type=cache,target=/root/.cache/pip pip install --no-cache-dir -r requirements.txt
COPY quay.py .
CMD ["python", "quay.py"]
