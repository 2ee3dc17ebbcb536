"""What everything else stands on: users, teams, roles, the company, currencies, value lists."""
