FROM lab/busybox
ARG NODE_ENV=production
ENV NODE_ENV=production
RUN echo "built for  '$NODE_ENV'" > /built-for.txt
CMD ["sh", "-c", "cat /built-for.txt; echo \"running as '$NODE_ENV'\""]
