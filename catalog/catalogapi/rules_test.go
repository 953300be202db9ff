package catalogapi_test

import "testing"

func TestRulesAreVersioned(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	path := "/v1/programs/" + p.id + "/rules"
	stricter := object{"threshold_percent": 95.5, "counts": "live", "max_rate": 1.25, "rounding": "nearest", "note": "The accreditor asks.", "replaces_version": 1}
	set := b.admin.want(201, "POST", path, stricter)
	if set.body["version"] != 2.0 || set.str("rounding") != "nearest" || set.str("note") != "The accreditor asks." || set.str("created_by") == "" {
		t.Errorf("set %s", set.raw)
	}
	b.admin.refused(412, "", "POST", path, stricter)
	delete(stricter, "replaces_version")
	if again := b.admin.want(201, "POST", path, stricter); again.body["version"] != 2.0 {
		t.Errorf("the same again: %s", again.raw)
	}
	once := b.admin.with("Idempotency-Key", "k1")
	first := once.want(201, "POST", path, object{"threshold_percent": 80, "counts": "union", "max_rate": 2})
	second := once.want(201, "POST", path, object{"threshold_percent": 80, "counts": "union", "max_rate": 2})
	if first.body["version"] != 3.0 || second.raw != first.raw || first.str("rounding") != "none" {
		t.Errorf("first %s, second %s", first.raw, second.raw)
	}
	if rule := b.admin.want(200, "GET", "/v1/programs/"+p.id, nil).body["rule"].(object); rule["version"] != 3.0 {
		t.Errorf("in force: %v", rule)
	}

	page := b.admin.want(200, "GET", path+"?limit=2", nil)
	if items := page.items(); len(items) != 2 || items[0].(object)["version"] != 3.0 || items[1].(object)["note"] == nil {
		t.Errorf("versions: %s", page.raw)
	}
	if rest := b.admin.want(200, "GET", path+"?limit=2&cursor="+page.str("next_cursor"), nil).items(); len(rest) != 1 || rest[0].(object)["threshold_percent"] != 90.0 {
		t.Errorf("the rest: %v", rest)
	}
	doctor := b.doctor(p.id, ana)
	if items := doctor.want(200, "GET", path, nil).items(); len(items) != 3 || items[1].(object)["note"] != nil || items[1].(object)["created_by"] != nil {
		t.Errorf("for a doctor: %v", items)
	}
	if n := b.count(`select count(*) from audit_log where action = 'program.rule' and object_id = $1`, p.id); n != 2 {
		t.Errorf("%d changes of the rule in the audit log, want 2", n)
	}
}

func TestRulesAreGuarded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	path := "/v1/programs/" + p.id + "/rules"
	good := object{"threshold_percent": 80, "counts": "union", "max_rate": 2}
	doctor := b.doctor(p.id, ana)
	doctor.refused(403, "", "POST", path, good)
	b.visitor().refused(401, "", "POST", path, good)
	b.visitor().refused(401, "", "GET", path, nil)
	b.doctor(b.program().id, "other@example.org").refused(404, "", "GET", path, nil)
	b.admin.refused(404, "", "POST", "/v1/programs/prg_none/rules", good)
	b.admin.refused(404, "", "GET", "/v1/programs/prg_none/rules", nil)
	for _, bad := range []object{
		{"threshold_percent": 0, "counts": "union", "max_rate": 2},
		{"threshold_percent": 100.1, "counts": "union", "max_rate": 2},
		{"threshold_percent": 80, "counts": "all", "max_rate": 2},
		{"threshold_percent": 80, "counts": "union", "max_rate": 2.01},
		{"threshold_percent": 80, "counts": "union", "max_rate": 2, "rounding": "up"},
		{"threshold_percent": 80, "counts": "union", "max_rate": 2, "note": "\u0000"},
	} {
		if got := b.admin.send("POST", path, bad); got.status != 422 {
			t.Errorf("%v: %d %s", bad, got.status, got.raw)
		}
	}
	b.admin.refused(422, "invalid_cursor", "GET", path+"?cursor=x", nil)
	if n := b.count(`select count(*) from program_rules where program_id = $1`, p.id); n != 1 {
		t.Errorf("%d versions", n)
	}
}
