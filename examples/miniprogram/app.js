// Your server, not Everface: the API key never leaves it.
App({ globalData: { server: 'https://app.example.com', session: '' } })
