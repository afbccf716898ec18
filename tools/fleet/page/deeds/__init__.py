"""What people do through the page: each deed tells first how many boards it touches."""
