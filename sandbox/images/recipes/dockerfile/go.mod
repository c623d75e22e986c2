module buildkitlab/frontend

go 1.24
