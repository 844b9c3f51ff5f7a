"""Money that customers pay by themselves: how it is announced, proved and matched."""
