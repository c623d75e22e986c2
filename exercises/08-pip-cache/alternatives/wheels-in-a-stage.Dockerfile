# A stage installs into a folder, and the image copies only that folder.
FROM lab/python AS packages
COPY requirements.txt /
RUN --mount=type=cache,target=/root/.cache \
    pip install --target /packages -r /requirements.txt

FROM lab/python
ENV PYTHONPATH=/packages
COPY --from=packages /packages /packages
COPY quay.py /srv/
CMD ["python", "/srv/quay.py"]
