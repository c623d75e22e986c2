#!/usr/bin/env docker
# syntax=docker/dockerfile:1
ARG LAST=b
FROM lab/busybox AS b
FROM lab/busybox AS aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
FROM ${LAST}