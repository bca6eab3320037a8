page-continue-to = to continue to { $client }
page-help = Help
page-privacy = Privacy
page-terms = Terms
