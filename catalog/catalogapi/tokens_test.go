package catalogapi_test

import "testing"

func TestTokensHaveRolesOrScopes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const all = "/v1/api_tokens"
	made := b.admin.want(201, "POST", all, object{"name": "lms", "scopes": []string{"people:write", "catalog:read"}, "expires_at": "2100-01-01T00:00:00Z"})
	if scopes := made.body["scopes"].([]any); len(scopes) != 2 || len(made.body["roles"].([]any)) != 0 {
		t.Errorf("made %s", made.raw)
	}
	narrow := &client{b: b, token: made.str("token")}
	narrow.refused(403, "", "POST", "/v1/programs", object{"title": "x"}) // no role by itself
	if listed := b.admin.want(200, "GET", all, nil).items(); listed[1].(object)["last_used_at"] == nil || listed[0].(object)["scopes"] != nil {
		t.Errorf("listed %v", listed)
	}
	b.admin.refused(422, "", "POST", all, object{"name": "x", "scopes": []string{"everything"}})
	b.admin.refused(422, "", "POST", all, object{"name": "x", "scopes": []string{"catalog:read"}, "roles": []string{"admin"}})
	b.admin.refused(422, "", "POST", all, object{"name": "x"})
	b.admin.want(204, "DELETE", all+"/"+made.str("id"), nil)
}
