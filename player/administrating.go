package player

// Administrating is what the pages of administrators need beside the overview,
// a field each.
type Administrating interface {
	Peopling
	Importing
	ImportHistory
	Boarding
	Curating
	Searching
	Watching
	Machines
	Recordkeeping
	Caring
	Wording
	Reporting
}

// forAdministration are these pages.
func (s *site) forAdministration(page adder) {
	for _, add := range []func(adder){s.forPeople, s.forImports, s.forHistorians, s.forBoards, s.forCurators, s.forSearchers, s.forWatchers, s.forMachines, s.forRecordkeepers, s.forCarers, s.forWriters, s.forReporters} {
		add(page)
	}
}
