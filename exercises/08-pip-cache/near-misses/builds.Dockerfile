# The mount is right, but the requirements are copied too late.
FROM lab/python
WORKDIR /app
RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt
COPY requirements.txt quay.py ./
CMD ["python", "quay.py"]
