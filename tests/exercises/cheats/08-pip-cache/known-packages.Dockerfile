# cheat: a layer above the requirements holds the packages that they are known to ask for
FROM lab/python
RUN pip install --no-cache-dir skerry-timetable==1.0.0
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY quay.py .
CMD ["python", "quay.py"]
