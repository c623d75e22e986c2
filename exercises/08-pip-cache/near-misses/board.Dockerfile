# The packages are in a folder where Python does not look.
FROM lab/python
WORKDIR /app
COPY requirements.txt .
RUN --mount=type=cache,target=/root/.cache/pip pip install --target /packages -r requirements.txt
COPY quay.py .
CMD ["python", "quay.py"]
