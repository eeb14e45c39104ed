"""The listening page: which seconds, how loud, and the page; assets/ is what it is made of."""
