"""Does the ledger hold what it must? `sql.wrong` names each thing that must not be."""
