"""What `copier update` does to projects that somebody has worked on."""
