# Old advice: --no-cache-dir keeps the image small, but it also keeps the mount empty.
FROM lab/python
WORKDIR /app
COPY requirements.txt .
RUN --mount=type=cache,target=/root/.cache/pip pip install --no-cache-dir -r requirements.txt
COPY quay.py .
CMD ["python", "quay.py"]
