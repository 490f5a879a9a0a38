//! mentalspace-testkit
