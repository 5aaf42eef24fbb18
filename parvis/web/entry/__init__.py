"""The way in and out: sign-up, log-in, authorising apps, leaving. allauth and oauthlib do the protocols; flows do the work."""
